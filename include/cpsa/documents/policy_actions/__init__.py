"""The policy-action compilations for the departments, with the cover letter and the report form."""
