/**
 * That a node can write, a row for each: in one row, each node would wait for the commit of the one before. Nodes of the version before go on with
 * `millrace.checks`.
 */
export const nodeChecks = `
CREATE TABLE millrace.node_checks (holder text COLLATE "C" PRIMARY KEY, at timestamptz NOT NULL) WITH (fillfactor = 50);
`
