"""Dispatch-push brings messages to lock screens: it owns one delivery per message and app token,
hands notifications to Firebase Cloud Messaging, and answers for every one of them. It reads no
roster and writes no message: it asks directory and messaging.
"""
