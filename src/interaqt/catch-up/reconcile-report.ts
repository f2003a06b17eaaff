/** One record that is not what Logto says. Names of columns only: a report may end in a log. */
export interface UserDifference {
  logtoId: string
  change: 'create' | 'update' | 'suspend' | 'restore' | 'delete'
  /** The columns that differ. */
  columns: string[]
}

/** What a reconcile did. */
export interface ReconcileReport {
  /** Users that Logto listed. */
  scanned: number
  created: number
  updated: number
  suspended: number
  deleted: number
  unchanged: number
  /** Users whose record could not be repaired; `onError` was told why. */
  failed: number
  /** Requests to Logto. */
  requests: number
  /** Duration in milliseconds. */
  ms: number
  /** With `dryRun`: what would be repaired. */
  differences?: UserDifference[]
}

/** How far a reconcile has come. */
export interface ReconcileProgress extends Omit<ReconcileReport, 'differences'> {
  /** Users are compared first; then those records are looked at whose user Logto did not list. */
  phase: 'users' | 'deletions'
  /** How many users Logto has, where it counted them. */
  total: number | undefined
}

/** How `reconcile` runs. */
export interface ReconcileOptions {
  /** Told after each batch. */
  onProgress?: (progress: ReconcileProgress) => void
  /** Told about each user whose record could not be repaired. */
  onError?: (error: unknown, logtoId: string) => void
  signal?: AbortSignal
  /** Only compares; the report has `differences`. */
  dryRun?: boolean
  /** Lets it mark more than max(10, 5 %) of the records as deleted. */
  allowMassDeletion?: boolean
}
