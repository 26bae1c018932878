"""Read a mail from its bytes. Knows nothing of Django, of the database, or of what becomes of the mail.

`read` (in `message`) does it in this process; `Reader` (in `child`) has it done by a process of its own under
limits, which is how mails of strangers are read.
"""
