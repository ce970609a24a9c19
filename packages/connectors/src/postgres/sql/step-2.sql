-- From version 1 to 2. Some of version 1 were made before they had these.
alter table @.message add column if not exists most int;
alter table @.account add column if not exists gone text;
-- These had one more argument.
drop function if exists @.tend(int, text, int, int);
drop function if exists
  @.put(int, text, bigint, bigint, bigint, text, bigint, bigint, int, json, bytea, boolean, boolean);
drop function if exists @.purge(int, text, int[], int);
