"""What is true without a request: words, dates, the menu, audiences and progress."""
