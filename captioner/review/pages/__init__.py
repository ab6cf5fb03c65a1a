"""Pages of the editor: templates, scripts and styles, shipped as they are."""
