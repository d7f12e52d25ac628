/* What a session is of, for those who explain its answers. */
#ifndef MODEL_SESSION_H
#define MODEL_SESSION_H

#include "scrawl/model.h"

/* The model that it was made of. */
const ScrawlModel *session_model(const ScrawlSession *session);

#endif
