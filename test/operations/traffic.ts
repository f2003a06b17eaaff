import type { Cluster } from './drill.js'
import type { SessionPerson } from './signed-in.js'

const PEOPLE = 3
const ROUNDS_MEANWHILE = 3

/** Calls and deliveries that go on while a drill makes its steps, and what went wrong with them. */
export class Traffic {
  readonly people: SessionPerson[] = []
  /** Each user has one delivery in the whole drill, so that none can make up for the loss of another. */
  readonly changed: string[] = []
  /** Calls that were not answered with 200, each by its reason. */
  readonly refused: string[] = []
  readonly #cluster: Cluster
  #rounds = 0
  #isOver = false
  #failure: Error | undefined
  #running: Promise<void> | undefined

  private constructor(cluster: Cluster) {
    this.#cluster = cluster
  }

  static async start(cluster: Cluster): Promise<Traffic> {
    const traffic = new Traffic(cluster)
    for (let index = 0; index < PEOPLE; index++) traffic.people.push(await cluster.signIn(`person${index}`))
    traffic.#running = traffic.#run().catch((error) => {
      traffic.#failure = error
    })
    await traffic.goOn()
    return traffic
  }

  /** Resolves when everybody has called, and users have changed, a few times more. */
  readonly goOn = async (): Promise<void> => {
    const until = this.#rounds + ROUNDS_MEANWHILE
    while (this.#rounds < until && !this.#failure) await new Promise((resolve) => setTimeout(resolve, 5))
    if (this.#failure) throw this.#failure
  }

  /** Ends the traffic; resolves when all deliveries have ended. */
  async stop(): Promise<void> {
    this.#isOver = true
    await this.#running
    await this.#cluster.logto.state.deliveries.settled()
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      await Promise.all([...this.people.map((person) => this.#call(person)), this.#change()])
      this.#rounds++
    }
  }

  // Twice, so that both processes are asked.
  async #call(person: SessionPerson): Promise<void> {
    for (let time = 0; time < 2; time++) {
      const outcome = await person.isServed().catch(String)
      if (outcome !== true) this.refused.push(outcome === false ? 'signed out' : outcome)
    }
  }

  /** A user about whom nothing is known yet changes: the delivery makes the sync ask Logto. */
  async #change(): Promise<void> {
    const number = this.changed.length
    const { id } = this.#cluster.logto.state.users.create({ username: `user${number}` })
    this.changed.push(id)
    await this.#cluster.manage('PATCH', `/users/${id}`, { name: `Name ${number}` })
  }
}
