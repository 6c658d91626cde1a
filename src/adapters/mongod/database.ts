import type { LifeCycle } from '../../core/life-cycle.ts';
import type { Result } from '../../core/result.ts';

/** A MongoDB to work with: the operator's own, or one that this program starts and that ends with it. */

/** Where the server came from: a URI, `mongod` on the PATH, a downloaded `mongod`, or the embedded server. */
export type LocalKind = 'path' | 'downloaded' | 'embedded';
export type DatabaseKind = 'given' | LocalKind;

/** Found running, and already started; a stop ends the server when this program started it, a start then begins it anew. */
export type Database = LifeCycle & {
  /** Of the present server: one that was started anew may have another port. */
  readonly uri: string;
  readonly kind: DatabaseKind;
  readonly embedded: boolean;
  /** What a person should know about this database before trusting it with production data. */
  readonly warning: string | null;
};

export type DatabaseFault = {
  readonly code:
    | 'database.uri'
    | 'database.unreachable'
    | 'database.login'
    | 'database.standalone'
    | 'database.engine'
    | 'database.build'
    | 'database.failed'
    | 'database.none';
  readonly detail: string;
};

export type Say = (line: string) => void;
export type Env = Readonly<Record<string, string | undefined>>;

export type Found = Result<Database, DatabaseFault>;

/** How to run a server program. */
export type DatabaseEngine = {
  readonly kind: LocalKind;
  readonly program: string;
  readonly args: (given: {
    readonly dbPath: string;
    readonly dataDir: string;
    readonly port: number;
  }) => readonly string[];
  readonly replicaSet: string;
  /** Whether the server picks its own port and prints it. */
  readonly printsPort: boolean;
};

/** The life of a server that somebody else started: ours to use, not to end. */
export const SOMEBODY_ELSES: LifeCycle = { start: async () => undefined, stop: async () => undefined };
