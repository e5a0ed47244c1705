"""The main window and its dialogs: they connect models, views and workers."""
