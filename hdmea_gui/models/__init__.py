"""What the window shows and how it may change: the session, the selection, tables."""
