"""Everything that the system makes of the sample programme, digested, to prove that a change of
names changes nothing else.

    python -m tests.baseline write      makes it and keeps it in var/baseline.json (make baseline)
    python -m tests.baseline compare    makes it again, lists every difference; 1 if any (make same)

The eight quarters of ``include/sample`` are run through the command line on SQLite under a clock
that stands, with an agency that is late, files that are returned, refused, damaged or repeated, a
workbook, a question, a waiver, a restatement, a revision and a backfill; mails go to a catcher.

Compared
- every document of each quarter, half-year and year in both languages: HTML as text, Word and
  workbooks by their parts, and the bytes of each as well, which of PDF are all;
- every mail: envelope, headers, texts, attachments as documents are;
- every page and download of the online edition;
- what each command prints, its exit status, and each table as CSV and JSON and for people;
- ``trace`` of the first tables of three documents, as JSON and in Hindi;
- templates, marked copies and report forms cell by cell (values, formulas, formats, links, notes,
  names, rules, widths), and their bytes;
- the pages of the upload portal for agencies and departments over HTTP: opened, filled in, refused;
  status, headers and texts;
- the board's pages (of a board that sees no runs of Airflow), for ops and for viewers;
- the transfer archive, table by table, and how many files it holds.

Not compared
- ``document.inputs`` and ``inputs_of`` of the store: digests over names and bytes of templates and
  texts, and over the program's version;
- where the home folder is, the ports, the boundaries of mails, the random keys of uploads;
- the manifest of the transfer archive: its digests follow from the tables, which are compared;
- letters and pages that begin with a mail received (confirmations, unusable mails, bounces), the
  DAGs and what Airflow shows of its own: they have tests;
- how long anything takes, and the log.

What belongs here: running and comparing. What must not: what any output ought to be. Nothing here
names a module of the system but ``program`` (``cpsa``, by its command line) and ``system``.
"""
