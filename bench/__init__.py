"""The yardsticks: what a page costs Shilu, beside what it costs others on the same site in the same minutes."""
