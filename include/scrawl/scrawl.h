/* The whole public interface of Scrawl. */
#ifndef SCRAWL_SCRAWL_H
#define SCRAWL_SCRAWL_H

#include "scrawl/calibrate.h"
#include "scrawl/card.h"
#include "scrawl/chart.h"
#include "scrawl/denoise.h"
#include "scrawl/compare.h"
#include "scrawl/corruption.h"
#include "scrawl/dataset.h"
#include "scrawl/ensemble.h"
#include "scrawl/explain.h"
#include "scrawl/image.h"
#include "scrawl/evaluate.h"
#include "scrawl/log.h"
#include "scrawl/model.h"
#include "scrawl/provenance.h"
#include "scrawl/recipe.h"
#include "scrawl/report.h"
#include "scrawl/status.h"
#include "scrawl/ood.h"
#include "scrawl/sweep.h"
#include "scrawl/system.h"
#include "scrawl/train.h"

#endif
