"""The upload portal: an agency's page, reached by the link in its letter.

What belongs here: addresses, forms, pages and what protects them. What must not: rules, figures,
or anything a service does; the portal calls services and shows their results. Works
without JavaScript and asks no other server for anything.
"""
