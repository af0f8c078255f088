"""Owns the archive on disk: records, catalogue, frontier. Knows neither Scrapy nor the network."""

__version__ = "0.1.0"
