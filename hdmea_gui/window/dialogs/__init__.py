"""The dialogs of the window, one a file."""
