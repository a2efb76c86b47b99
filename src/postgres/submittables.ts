/** A column of a statement's result, as RowDescription names it (protocol 3.0, "Message Formats"). */
export interface StatementColumn {
  readonly name: string;
  /** OID of the table that the column comes from; 0 if it is no plain column. */
  readonly tableID: number;
  readonly columnID: number;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

/** A statement as the server understood it, without having run it. */
export interface StatementDescription {
  /** How many parameters ($1, $2, …) the statement has. */
  readonly parameters: number;
  /** Null if the statement returns no rows. */
  readonly columns: readonly StatementColumn[] | null;
}

interface ParameterDescription {
  readonly parameterCount: number;
}

/** The part of pg's connection that is used here. pg's own types leave it out. */
interface Wire {
  parse(message: { text: string; name: string; types: number[] }): void;
  describe(message: { type: 'S' | 'P'; name: string }): void;
  bind(message: Record<string, never>): void;
  execute(message: Record<string, never>): void;
  sync(): void;
  on(event: 'parameterDescription', listener: (message: ParameterDescription) => void): void;
  off(event: 'parameterDescription', listener: (message: ParameterDescription) => void): void;
}

/**
 * What pg's client runs (`client.query(submittable)`) where its own queries do not do: both send user SQL by the
 * extended protocol, in which the server accepts one statement only.
 */
export class DescribeStatement {
  readonly #sql: string;
  readonly #resolve: (description: StatementDescription) => void;
  readonly #reject: (error: unknown) => void;
  #columns: StatementColumn[] | null = null;
  #parameters = 0;

  constructor(
    sql: string,
    resolve: (description: StatementDescription) => void,
    reject: (error: unknown) => void,
  ) {
    this.#sql = sql;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Parse and Describe without Bind and Execute: nothing runs. */
  submit(wire: Wire): void {
    wire.on('parameterDescription', this.#onParameters);
    wire.parse({ text: this.#sql, name: '', types: [] });
    wire.describe({ type: 'S', name: '' });
    wire.sync();
  }

  readonly #onParameters = (message: ParameterDescription): void => {
    this.#parameters = message.parameterCount;
  };

  handleRowDescription(message: { fields: StatementColumn[] }): void {
    this.#columns = message.fields;
  }

  handleError(error: unknown, wire: Wire): void {
    wire.off('parameterDescription', this.#onParameters);
    this.#reject(error);
  }

  handleReadyForQuery(wire: Wire): void {
    wire.off('parameterDescription', this.#onParameters);
    this.#resolve({ parameters: this.#parameters, columns: this.#columns });
  }
}

/** Runs one COPY … TO STDOUT; its data goes past pg (see copy-tap.ts). */
export class CopyOut {
  readonly #sql: string;
  readonly #start: () => void;
  readonly #resolve: (rows: number) => void;
  readonly #reject: (error: unknown) => void;
  #rows = -1;

  /** `start` is called when the statement is sent: from then on the answer is this COPY's. */
  constructor(
    sql: string,
    start: () => void,
    resolve: (rows: number) => void,
    reject: (error: unknown) => void,
  ) {
    this.#sql = sql;
    this.#start = start;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(wire: Wire): void {
    this.#start();
    wire.parse({ text: this.#sql, name: '', types: [] });
    wire.bind({});
    wire.execute({});
    wire.sync();
  }

  handleCommandComplete(message: { text: string }): void {
    this.#rows = Number(/^COPY (\d+)$/.exec(message.text)?.[1] ?? -1);
  }

  handleError(error: unknown): void {
    this.#reject(error);
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#rows);
  }
}
