"""Feeds: RSS, Atom and RDF (`feed`), JSON Feed (`json_feed`); the rest is what they share."""
