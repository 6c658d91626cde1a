/** An instant on the server's clock, for update pipelines: leases must not depend on the clock of a worker. */
export const inMs = (ms: number) => ({ $dateAdd: { startDate: '$$NOW', unit: 'millisecond', amount: ms } });
