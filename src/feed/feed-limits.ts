/** Bounds of the sanity stage (CONTRACTS, Flags), from the configuration's `feed` and `clock`. */
export interface FeedLimits {
  /** a trade further than this from the last accepted price, either way, is implausible */
  readonly spikeRatio: number
  /** event times later than this beyond the connection's estimated offset are in the future */
  readonly futureMs: number
  /** event times older than this beyond the connection's estimated offset are late */
  readonly lateMs: number
}

export const FEED_LIMITS_DEFAULT: FeedLimits = { spikeRatio: 5, futureMs: 5_000, lateMs: 60_000 }

/** Implausible trades in a row, within LEVEL_WIDTH of each other, that are a new level. */
export const LEVEL_RUN = 20
/** Width of a level: the highest price of a run is at most this multiple of the lowest. */
export const LEVEL_WIDTH = 1.1
/** Ticks out of the clock's bounds in a row, within a second of each other, that are a new offset. */
export const OFFSET_RUN = 20
/** As OFFSET_RUN, but while an estimate rests on fewer ticks than that. */
export const OFFSET_RUN_EARLY = 3
/** A trade id so far beyond the last one of an ordered series is implausible; 10^9 trades are months of any symbol. */
export const ID_JUMP_MAX = 1_000_000_000
/** Trades in a row with rising ids beyond the jump that are a new series. */
export const ID_JUMP_RUN = 20
/** Trades that are remembered per symbol to tell repetitions from stale ids; a power of two. */
export const RECENT_TRADES = 1_024
/** Depth updates kept per symbol until a snapshot comes, in slots; the oldest go first. */
export const PENDING_SLOTS_MAX = 8_192
/** Levels a side of a book keeps; the worst go first. */
export const BOOK_LEVELS_MAX = 65_536
