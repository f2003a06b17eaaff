export default class Database {
  constructor() {
    throw new Error('install better-sqlite3 to use SQLiteDB')
  }
}
