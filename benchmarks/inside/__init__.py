"""What runs inside Moked's own settings, as processes that the benchmarks start; each prints JSON."""
