"""One function per figure: from a study to an Altair chart (Plotly where it turns), for notebooks, papers and the page."""
