/** What the limits of a connector are without being told, and how far they go. */
export const limitBounds = {
  ratePerMinute: { least: 1, most: 60_000, usual: 600 },
  concurrency: { least: 1, most: 256, usual: 8 },
  timeoutSeconds: { least: 1, most: 3600, usual: 30 },
  attempts: { least: 1, most: 50, usual: 8 },
} as const;
