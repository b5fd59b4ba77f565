"""The directory's tables and queries. Every query function takes the school; nothing here commits."""
