/** A cause that says no more than the error that has it. Lines of the log leave it out. */
export class RepeatedCause extends Error {}
