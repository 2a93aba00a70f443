"""What reports are made of: figures of ads by segment and window, added up, narrowed down and written out."""
