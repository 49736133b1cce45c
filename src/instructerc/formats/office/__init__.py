"""Documents and workbooks of office programs, which are zip files of XML: a module a format."""
