"""Times that need more than a number: dates, halves of the day, and milliseconds that are taken for seconds."""
