/** Scripts of `nasty/` that are run many times, with another argument each time, by `nasty-series.test.ts`. */
export const SERIES = ["exits-with", "prints-bytes", "shows-a-variable", "signals-itself"] as const;
