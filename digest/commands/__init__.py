"""What each command does with its words. A module is imported only when one of its commands is called."""
