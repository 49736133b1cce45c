-- users
CREATE TABLE users (id INT, name TEXT);
INSERT INTO users VALUES (1, 'Mia: hi');
SELECT * FROM users;
