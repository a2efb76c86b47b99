const NAME = '([a-z_][a-z_0-9]{0,62})';
/** `SELECT * FROM schema.table`, names unquoted. Without a schema the name could be a function's, such as CURRENT_USER. */
const PLAIN_TABLE = new RegExp(String.raw`^\s*(SELECT)\s+(\*)\s+(FROM)\s+${NAME}(\.)${NAME}\s*$`, 'di');

/** What Postgres's parser makes of the most common query; null for any other. A reserved word as name is left to the server. */
export function parsePlainTable(sql: string) {
  const words = plainTable(sql);
  if (words === null) return null;
  const [select, asterisk, , schema, , table] = words;
  const at = { location: asterisk!.start };
  const columns = { ResTarget: { val: { ColumnRef: { fields: [{ A_Star: {} }], ...at } }, ...at } };
  const from = {
    schemaname: schema!.text.toLowerCase(),
    relname: table!.text.toLowerCase(),
    inh: true,
    relpersistence: 'p',
    location: schema!.start,
  };
  const SelectStmt = {
    targetList: [columns],
    fromClause: [{ RangeVar: from }],
    limitOption: 'LIMIT_OPTION_DEFAULT',
    op: 'SETOP_NONE',
  };
  const where = select!.start === 0 ? {} : { stmt_location: select!.start };
  return { stmts: [{ stmt: { SelectStmt }, ...where }] };
}

/** The tokens of the same query, without their kinds. */
export function scanPlainTable(sql: string) {
  const words = plainTable(sql);
  return words === null ? null : { tokens: words.map((word) => ({ ...word, tokenName: '' })) };
}

/** Its words and where they are: in bytes, as all of it is ASCII. */
function plainTable(sql: string): { start: number; end: number; text: string }[] | null {
  // A blank for JavaScript need not be one for Postgres.
  const match = /^[\x21-\x7e \t\r\n]*$/.test(sql) ? PLAIN_TABLE.exec(sql) : null;
  if (match === null) return null;
  return match.slice(1).map((text, i) => {
    const [start, end] = match.indices![i + 1]!;
    return { start, end, text };
  });
}
