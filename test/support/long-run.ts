/** Whether this is `npm run test:all`, which plays what `npm test` only samples. */
export const isLongRun: boolean = process.env.TEST_RUN === 'all'
