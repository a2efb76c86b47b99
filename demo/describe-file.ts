/** Reads a Parquet file with DuckDB and says in plain text what is in it. */
import { statSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

/** Columns of text at most, so that a terminal of usual width does not wrap the lines. */
const lineWidth = 100;
/** Characters shown of one value. */
const valueWidth = 60;

export interface FileDescription {
  readonly rowCount: number;
  /** Rows, row groups, size, the columns with their types, and a row. */
  readonly text: string;
}

/** Describes the Parquet file at `path`. */
export async function describeFile(path: string): Promise<FileDescription> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows = async (sql: string) => (await connection.runAndReadAll(sql, { path })).getRowObjectsJson();
  try {
    const [file] = await rows('SELECT num_rows, num_row_groups FROM parquet_file_metadata($path)');
    const columns = await rows('SELECT column_name, column_type FROM (DESCRIBE FROM read_parquet($path))');
    const [sample] = await rows('FROM read_parquet($path) LIMIT 1 OFFSET 1000');
    const [rowCount, rowGroups] = [Number(file!.num_rows), Number(file!.num_row_groups)];
    const summary = [
      `${rowCount.toLocaleString('en')} rows`,
      `${rowGroups} row group${rowGroups === 1 ? '' : 's'}`,
      `${(statSync(path).size / 1e6).toFixed(1)} MB`,
      `${columns.length} columns`,
    ];
    const values = Object.entries(sample!).filter(([, value]) => value !== null);
    const text = [
      summary.join(', '),
      '',
      'Columns:',
      ...wrapped(columns.map(({ column_name, column_type }) => `${column_name}: ${column_type}`)),
      '',
      `A row (the ${values.length} columns that are not NULL in it):`,
      ...wrapped(values.map(([name, value]) => `${name} = ${shortened(value)}`)),
    ];
    return { rowCount, text: text.join('\n') };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function shortened(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > valueWidth ? `${text.slice(0, valueWidth)}…` : text;
}

/** Joins the items with commas and breaks the lines between them. */
function wrapped(items: readonly string[]): string[] {
  const lines: string[] = [];
  let line = '';
  for (const item of items) {
    const longer = line === '' ? `  ${item}` : `${line}, ${item}`;
    if (longer.length <= lineWidth || line === '') {
      line = longer;
    } else {
      lines.push(`${line},`);
      line = `  ${item}`;
    }
  }
  return [...lines, line];
}
