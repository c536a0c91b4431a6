/** The name that the app gives a database. */
export const databaseName = (index: number): string => `db${index}`;

/** The name of a database's replica. */
export const replicaName = (database: string): string => `${database}-replica`;
