"""Where slots come from, a file each, found by its name: this process, processes of this machine, a Dask cluster."""
