#include "ticketgate/registry.h"

#include "registry_tables.inc"

const tg_registry *tg_registries(size_t *num)
{
    *num = sizeof registries / sizeof registries[0];
    return registries;
}

const tg_registry *tg_registry_find(const char *id)
{
    for (size_t i = 0; i < sizeof registries / sizeof registries[0]; i++) {
        if (registries[i].id[0] == id[0] && strcmp(registries[i].id, id) == 0)
            return &registries[i];
    }
    return NULL;
}

const tg_registry_entry *tg_registry_entry_of(const tg_registry *registry, uint32_t value)
{
    for (size_t i = 0; i < registry->num_entries; i++) {
        const tg_registry_entry *entry = &registry->entries[i];
        if (value >= entry->low && value <= entry->high)
            return entry;
    }
    return NULL;
}

const char *tg_registry_name(const char *id, uint32_t value)
{
    const tg_registry *registry = tg_registry_find(id);
    const tg_registry_entry *entry = registry ? tg_registry_entry_of(registry, value) : NULL;
    return entry && entry->key[0] ? entry->name : NULL;
}
