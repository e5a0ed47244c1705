"""Folders of spike-sorting results as written by Kilosort and curated in phy."""
