-- From version 1 to 2. Some of version 1 were made before they had these.
alter table @.message add column if not exists most int;
alter table @.account add column if not exists gone text;
