"""The dialogs of the window, one per file."""
