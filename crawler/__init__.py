"""Owns the crawl: the wire, the one spider, the commands. The only package that imports Scrapy or Twisted."""
