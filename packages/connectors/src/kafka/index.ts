export { kafkaCaps, kafkaStore, type KafkaStoreOptions } from './kafka-store.ts'
