"""The domain of the inventory reservation shop. It knows nothing of the web and is tested alone.

Read it from the bottom up; imports point down only:

    shop              every service, put together
    catalog  reservations  payments  stock  seed        services: one transaction per call
    holds  ledger  call_keys  stock_moves               steps inside a transaction
    database  outbox  locks  clock  tables  columns     storage
    states  settlement  provider                        pure decisions
    models  errors  public_id                           words
"""
