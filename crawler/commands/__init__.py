"""Owns the verbs: one module a command, found by Scrapy through COMMANDS_MODULE."""
