-- Purpose: the rules whose open findings are about all agencies of a form, with these forms. Reads
-- the temporary table open_finding, where such a finding has the form in place of an agency.
-- Parameters: forms (a list).
-- Grain: one row per rule and form.
SELECT DISTINCT rule, agency AS form
FROM open_finding
WHERE agency IN :forms
ORDER BY rule, form
