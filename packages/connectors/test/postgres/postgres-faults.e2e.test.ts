import { requireServer } from '../../../../tools/services/require-server.ts'
import { brokerFaults } from '../broker-faults/broker-faults.ts'

brokerFaults('PostgreSQL', await requireServer('postgres'))
