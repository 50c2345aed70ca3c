"""CSV in and out: the dialects and columns of LinkedIn, Google, Outlook and others. No matching with contacts."""
