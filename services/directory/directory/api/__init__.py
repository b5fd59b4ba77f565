"""The HTTP door: parse, act, dump; one file a resource."""
