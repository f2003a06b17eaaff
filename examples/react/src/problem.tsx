/** What went wrong, said to a person: the errors of the Client, and refusals of the API, have messages for people. */
export function Problem({ error }: { error: unknown }) {
  if (!error) return null
  return (
    <p className="problem" role="alert">
      {error instanceof Error ? error.message : 'That did not work. Please try again in a moment.'}
    </p>
  )
}
