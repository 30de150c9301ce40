"""What `digest subscriptions` does: show, change, import and export who gets what."""
