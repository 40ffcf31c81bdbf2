-- What was given up is of no queue: a destination that fails for weeks would be walked through at every look.
--@all
DROP INDEX deliveries_queue;
CREATE INDEX deliveries_queue ON deliveries (destination, create_at, id) WHERE state <> 'dead';
CREATE INDEX deliveries_dead ON deliveries (create_at) WHERE state = 'dead';
