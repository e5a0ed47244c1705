"""The main window and its dialogs, which connect models, views and workers."""
