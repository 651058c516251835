/** DuckDB as an independent reader of what the store holds. */
import { DuckDBInstance } from '@duckdb/node-api';

export type Rows = Record<string, unknown>[];

/** The rows of a query, with numbers, texts and lists as JSON has them. */
export async function query(sql: string): Promise<Rows> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson() as Rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
