/** Told of every value that Postgres never prints but that can mean one thing only; see `csv-reference.ts`. */
export type Odd = () => void;
